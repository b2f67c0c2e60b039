import java.util.EnumSet;
import javax.servlet.DispatcherType;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.DefaultServlet;
import org.eclipse.jetty.servlet.ServletContextHandler;

/**
 * Solr under an embedded Jetty, for development only: Solr is in no Debian or
 * Python package, its libraries are on Maven Central.
 *
 * <p>Usage: {@code java -Dsolr.solr.home=... -cp 'lib/*' Launcher.java PORT}
 */
public class Launcher {
  public static void main(String[] arguments) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(arguments[0]));
    server.addConnector(connector);

    ServletContextHandler solr = new ServletContextHandler(server, "/solr");
    solr.addEventListener(new CoreContainerProvider());
    solr.addFilter(SolrDispatchFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
    solr.addServlet(DefaultServlet.class, "/");

    server.setStopAtShutdown(true);
    server.start();
    server.join();
  }
}
